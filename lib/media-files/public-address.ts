import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The one public address at which a cloud (Azure) answers its own machines. */
const AZURE_PLATFORM = '168.63.129.16';
/** Of IPv6 only this is handed out; `ipaddr.js` calls everything that no registry names `unicast`. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address can be reached by anyone on the internet: in its usual notation, without brackets and zone.
 * Whatever holds an IPv4 address in disguise (`::ffff:a.b.c.d`, NAT64, 6to4, Teredo) cannot: nobody names a public file's
 * host that way.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const isPublicAddress = (text: string): boolean => {
  if (isIP(text) === 0) return false; // `ipaddr.js` also reads octal, hexadecimal and short forms
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast' || text === AZURE_PLATFORM) return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST);
};
