import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 ranges that lead nowhere public: IANA's special-purpose registry, and the one public address at which a cloud
 * (Azure) answers its own machines.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NOT_PUBLIC_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared address space; some clouds' metadata
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16], // link-local: where most clouds' metadata is
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/**
 * Of IPv6 only global unicast is public, less these. Whatever holds an IPv4 address in disguise (`::ffff:a.b.c.d`,
 * NAT64, 6to4, Teredo) is outside of it or listed here: nobody names a public file's host that way.
 */
const GLOBAL_UNICAST = ['2000::', 3] as const;
const NOT_PUBLIC_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_IPV4) blocked.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of NOT_PUBLIC_IPV6) blocked.addSubnet(network, prefix, 'ipv6');
const global = new BlockList();
global.addSubnet(...GLOBAL_UNICAST, 'ipv6');

/** Whether an IP address, in its usual notation and without brackets, can be reached by anyone on the internet. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  if (isIPv6(address)) return global.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
  return false;
};
