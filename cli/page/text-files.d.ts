// test/tsconfig.json includes these files, but not the DOM library.
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
