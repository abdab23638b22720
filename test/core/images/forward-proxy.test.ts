import { isReachedDirectly, noProxyProblems, parseProxyUrl, proxyUrlProblems } from '../../../src/core/images/forward-proxy';

describe('the URL of a proxy', () => {
  test.each([
    ['a host name', 'http://proxy.example.com:3128', { hostname: 'proxy.example.com', port: 3128 }],
    ['a slash at the end', 'http://proxy:80/', { hostname: 'proxy', port: 80 }],
    ['an IPv4 address', 'http://10.0.0.5:65535', { hostname: '10.0.0.5', port: 65_535 }],
    ['an IPv6 address', 'http://[fd00::5]:3128', { hostname: 'fd00::5', port: 3128 }],
  ])('may have %s', (_name, url, proxy) => {
    expect(parseProxyUrl(url)).toEqual(proxy);
    expect(proxyUrlProblems(url)).toEqual([]);
  });

  test.each(['', 'proxy.example.com:3128', 'http://proxy.example.com', 'http://proxy:0', 'http://proxy:65536', 'http://proxy:3128/path',
    'http://:3128', 'http://a b:3128', 'socks5://proxy:1080', 'http://proxy:3128\r\nX: y'])('is invalid: %j', url => {
    expect(parseProxyUrl(url)).toBeUndefined();
    expect(proxyUrlProblems(url)).toEqual([`'proxyUrl' must be http://<host>:<port>, got: ${JSON.stringify(url)}`]);
  });

  test('must not begin with https', () => {
    expect(parseProxyUrl('https://proxy:3128')).toBeUndefined();
    expect(proxyUrlProblems('https://proxy:3128')).toEqual([
      '\'proxyUrl\' must begin with http://, because TLS to the proxy is unsupported, got: "https://proxy:3128". Connections through the'
        + ' proxy are encrypted anyway',
    ]);
  });

  test.each(['http://user:s3cret@proxy:3128', 'http://s3cret@proxy:3128', 'https://user:s3cret@proxy', 'http://user:s3cr@et@proxy:1'])(
    'must not contain a password, and the problem of %s does not repeat it', url => {
      expect(parseProxyUrl(url)).toBeUndefined();
      const [problem, ...others] = proxyUrlProblems(url);
      expect(others).toEqual([]);
      expect(problem).toContain('specify it as \'proxySecret\'');
      expect(problem).not.toMatch(/s3cr/);
    },
  );
});

describe('hosts and domains without the proxy', () => {
  test.each([
    ['itself', 'registry.example.com', 443, 'registry.example.com', true],
    ['itself in other case', 'Registry.example.com', 443, 'registry.EXAMPLE.com', true],
    ['a subdomain', 'api.ecr.eu-west-1.amazonaws.com', 443, 'amazonaws.com', true],
    ['a subdomain of a domain with a dot', 'api.ecr.eu-west-1.amazonaws.com', 443, '.amazonaws.com', true],
    ['the domain with a dot itself', 'example.com', 443, '.example.com', true],
    ['a subdomain of a wildcard', 'a.example.com', 443, '*.example.com', true],
    ['the domain of a wildcard', 'example.com', 443, '*.example.com', false],
    ['a name that only ends with the same letters', 'notexample.com', 443, 'example.com', false],
    ['a parent domain', 'example.com', 443, 'registry.example.com', false],
    ['the port of the exception', 'registry.example.com', 5000, 'registry.example.com:5000', true],
    ['a different port', 'registry.example.com', 443, 'registry.example.com:5000', false],
    ['an address', '10.0.0.5', 443, '10.0.0.5', true],
    ['a different address', '10.0.0.50', 443, '10.0.0.5', false],
  ])('%s: %s:%s with %s', (_name, host, port, exception, isDirect) => {
    expect(isReachedDirectly(host, port, ['unrelated.example.org', exception])).toBe(isDirect);
  });

  test.each(['127.0.0.1', 'localhost', '169.254.169.254', '::1', 'fe80::1', 'fd00:ec2::254', '0.0.0.0'])(
    '%s is never requested from the proxy, where it would be an address of the proxy', host => {
      expect(isReachedDirectly(host, 80, [])).toBe(true);
    },
  );

  test('are valid as hosts, domains, and wildcards, with or without a port', () => {
    expect(noProxyProblems(['a', 'a.example.com', '.example.com', '*.example.com', '10.0.0.5', 'a.example.com:5000'])).toEqual([]);
  });

  test.each(['', '*', 'http://a.example.com', '10.0.0.0/8', 'a,b', 'a b', '.', 'a.example.com:'])('are invalid: %j', exception => {
    expect(noProxyProblems(['ok', exception])).toEqual([
      '\'noProxy[1]\' must be a host or a domain, such as \'registry.example.com\', \'.example.com\', or \'registry.example.com:5000\','
        + ` got: ${JSON.stringify(exception)}`,
    ]);
  });
});
