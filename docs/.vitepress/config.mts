import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { githubSlug, replaceLinks } from './links';
import { checkOutput } from './output';
import { DOCS, REPOSITORY, SITE } from './places';
import { writeReference } from './reference';
import { sidebar } from './sidebar';

const pages = sidebar(writeReference());
const first = (group: string) => pages.find(({ text }) => text === group)?.items?.[0].link ?? '/';

export default defineConfig({
  title: 'cdk-ecr-keeper',
  description: 'Amazon ECR repositories that are safe to keep and easy to delete, for AWS CDK apps',
  lang: 'en-US',
  base: new URL(SITE).pathname,
  outDir: join(DOCS, '../.cache/site'),
  cacheDir: join(DOCS, '../.cache/vitepress'),
  cleanUrls: true,
  sitemap: { hostname: SITE },
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${new URL(SITE).pathname}logo.svg` }],
    ['meta', { name: 'theme-color', content: '#0b5cad' }],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: githubSlug },
    toc: { slugify: githubSlug },
    config: md => {
      md.core.ruler.push('links-out-of-docs', state => replaceLinks(state.tokens, state.env.path));
      // Vue would evaluate {{ }} in code.
      const code = md.renderer.rules.code_inline!;
      md.renderer.rules.code_inline = (...args) => code(...args).replace(/^<code(?! v-pre)/, '<code v-pre');
    },
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Guides', link: first('Guides'), activeMatch: '^/guides/' },
      { text: 'Reference', link: first('Reference'), activeMatch: '^/reference/' },
    ],
    sidebar: pages,
    outline: { level: [2, 3] },
    search: {
      provider: 'local',
      options: { detailedView: true },
    },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page on GitHub' },
    footer: { message: 'Apache-2.0 license. Not affiliated with Amazon Web Services.' },
    externalLinkIcon: true,
  },
  buildEnd: site => checkOutput(site.outDir, site.site.base),
});
