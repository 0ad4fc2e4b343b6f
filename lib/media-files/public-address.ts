import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A public address at which a cloud (Azure) answers its own machines. */
const AZURE_PLATFORM = '168.63.129.16';
/** The only part of IPv6 that is assigned to the internet; `ipaddr.js` calls everything unregistered `unicast`. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Whether anyone on the internet can reach an IP address, in its usual notation, without brackets and zone. An IPv6
 * address that contains an IPv4 address (`::ffff:a.b.c.d`, NAT64, 6to4, Teredo) counts as private: no public file is at
 * such an address.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const isPublicAddress = (text: string): boolean => {
  if (isIP(text) === 0) return false; // `ipaddr.js` also reads octal, hexadecimal and short forms
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast' || text === AZURE_PLATFORM) return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST);
};
