import { isLinkedHost } from './image-reference';

/** Forward proxy through which a function opens its connections. */
export interface ForwardProxy {
  /** Host name or address. IPv6 addresses have no brackets. */
  readonly hostname: string;
  readonly port: number;
}

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?';
const PROXY_URL = new RegExp(`^http://(?:(${HOST})|\\[([0-9A-Fa-f:.]+)\\]):(\\d{1,5})/?$`);
const USER_INFO = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*@/;
const EXCEPTION = new RegExp(`^(?:\\*?\\.)?${HOST}(?::\\d{1,5})?$`);
const LARGEST_PORT = 65_535;

/** @returns undefined if the URL is invalid */
export function parseProxyUrl(url: string): ForwardProxy | undefined {
  const [, name, address, digits] = PROXY_URL.exec(url) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= LARGEST_PORT ? { hostname: name ?? address, port } : undefined;
}

/** Never includes a URL with a user name or a password in a problem. */
export function proxyUrlProblems(url: string, property = 'proxyUrl'): string[] {
  if (USER_INFO.test(url)) {
    return [`'${property}' must not contain a user name or a password, because the template and the function's environment show it. Put`
      + ' them into a secret, and specify it as \'proxySecret\''];
  }
  if (/^https:/i.test(url)) {
    return [`'${property}' must begin with http://, because TLS to the proxy is unsupported, got: ${JSON.stringify(url)}. Connections`
      + ' through the proxy are encrypted anyway'];
  }
  return parseProxyUrl(url) ? [] : [`'${property}' must be http://<host>:<port>, got: ${JSON.stringify(url)}`];
}

/** Returns the problems of hosts and domains that are reached without the proxy. */
export function noProxyProblems(exceptions: readonly string[], property = 'noProxy'): string[] {
  return exceptions.flatMap((exception, index) => EXCEPTION.test(exception) ? [] : [
    `'${property}[${index}]' must be a host or a domain, such as 'registry.example.com', '.example.com', or 'registry.example.com:5000',`
      + ` got: ${JSON.stringify(exception)}`,
  ]);
}

/**
 * Whether a host is reached without the proxy. As in curl and in Node.js, a domain includes its subdomains, with or without a dot at its
 * beginning; `*.` is for subdomains only. https://nodejs.org/api/http.html#built-in-proxy-support
 *
 * An address of this computer or of its network link is never requested from the proxy, where it would be an address of the proxy.
 */
export function isReachedDirectly(hostname: string, port: number, exceptions: readonly string[]): boolean {
  const host = hostname.toLowerCase();
  return isLinkedHost(host.includes(':') ? `[${host}]` : host) || exceptions.some(exception => {
    const [, wildcard = '', domain, onlyPort] = /^(\*?\.)?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase())!;
    if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
    return (host === domain && wildcard !== '*.') || host.endsWith(`.${domain}`);
  });
}
