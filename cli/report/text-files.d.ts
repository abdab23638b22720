// test/tsconfig.json includes these files too and names no DOM
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

declare module '*.css' {
  const text: string;
  export default text;
}

declare module '*.html' {
  const text: string;
  export default text;
}
