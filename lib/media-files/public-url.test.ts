import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from './public-address.ts';
import { publicUrlSchema, whyNotPublic } from './public-url.ts';

test.each([
  'https://files.example.com/a.jpg',
  'http://files.example.com/a.jpg',
  'https://files.example.com:8443/a.jpg?X-Amz-Signature=0a%2Fb&x=(1)',
  'https://files.example.com./a.jpg',
  'https://xn--bcher-kva.example/a.jpg',
  'https://bucket_name.s3.amazonaws.com/a%20b.jpg',
  'https://93.184.215.14/a.jpg',
  'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/a.jpg',
  'https://localhost.example.com/a.jpg',
  'HTTPS://FILES.EXAMPLE.COM/a.jpg',
])('%s may be given to Instagram, unchanged', (url) => {
  expect(publicUrlSchema.parse(url)).toBe(url);
});

const LOOPBACK = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '0'];
const METADATA = ['169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '169.16689662'];
const PRIVATE = ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.100.100.200', '168.63.129.16'];
const OTHER = ['192.0.2.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '%31%32%37.0.0.1', '127.0.0.1.'];
test.each([...LOOPBACK, ...METADATA, ...PRIVATE, ...OTHER])('the IPv4 address %s is refused', (host) => {
  expect(whyNotPublic(`http://${host}/a.jpg`)).toBe('must not name an address inside a network');
});

test.each([
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::127.0.0.1',
  '64:ff9b::169.254.169.254',
  '2002:7f00:1::',
  '2001:0:7f00:1::',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  '2001:db8::1',
])('the IPv6 address %s is refused', (host) => {
  expect(whyNotPublic(`http://[${host}]/a.jpg`)).toBe('must not name an address inside a network');
});

test.each([
  'localhost',
  'localhost.',
  'LOCALHOST',
  'app.localhost',
  'metadata.google.internal',
  'metadata.google.internal.',
  'instance-data',
  'metadata',
  'printer.local',
  'nas.lan',
  'router.home.arpa',
  '1.0.0.127.in-addr.arpa',
])('the name %s is refused', (host) => {
  expect(whyNotPublic(`http://${host}/a.jpg`)).toBe('must name a host on the public internet');
});

test.each([
  ['file:///etc/passwd', 'must be an http or https URL'],
  ['ftp://files.example.com/a.jpg', 'must be an http or https URL'],
  ['data:image/jpeg;base64,AAAA', 'must be an http or https URL'],
  ['javascript:alert(1)', 'must be an http or https URL'],
  ['//files.example.com/a.jpg', 'must be an http or https URL'],
  ['/a.jpg', 'must be an http or https URL'],
  ['http:files.example.com', 'must be an http or https URL'],
  ['https://', 'must be an http or https URL'],
  ['https:///a.jpg', 'must be an http or https URL'],
  ['https://files.example.com:99999/', 'must be an http or https URL'],
  ['https://[::1/', 'must be an http or https URL'],
  ['', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['https://files.example.com\\@127.0.0.1/', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['https://files.example.com/a b.jpg', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['https://local\thost/', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['http://１２７.0.0.1/', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['http://127。0。0。1/', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['https://files.example.com/é.jpg', 'must be ASCII without spaces or backslashes: encode other characters'],
  ['https://user@files.example.com/', 'must not name a user or password'],
  ['https://user:word@files.example.com/', 'must not name a user or password'],
  ['https://@files.example.com/', 'must not name a user or password'],
  ['https://files.example.com..', 'must name a valid host'],
  ['https://-a.example.com/', 'must name a valid host'],
  [`https://${'a'.repeat(64)}.example.com/`, 'must name a valid host'],
])('%s is refused: %s', (url, why) => {
  expect(whyNotPublic(url)).toBe(why);
});

test('a link longer than any signed one is refused', () => {
  expect(whyNotPublic(`https://files.example.com/${'a'.repeat(5_000)}`)).toBe('must have at most 4096 characters');
});

test('an @ outside the host names no user', () => {
  expect(whyNotPublic('https://files.example.com/@me/a.jpg?to=a@b')).toBeNull();
});

test('no spelling of a private IPv4 address is accepted', () => {
  const inside = fc.constantFrom<readonly number[]>(
    [127, 0, 0, 1],
    [10, 0, 0, 5],
    [169, 254, 169, 254],
    [192, 168, 0, 1],
  );
  const radix = fc.constantFrom<(part: number) => string>(
    (part) => String(part),
    (part) => `0x${part.toString(16)}`,
    (part) => `0${part.toString(8)}`,
  );
  fc.assert(
    fc.property(
      inside,
      fc.array(radix, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 3 }),
      (parts, write, joined) => {
        // the last `joined + 1` parts written as one number
        const head = parts.slice(0, 3 - joined);
        const tail = parts.slice(3 - joined).reduce((sum, part) => sum * 256 + part, 0);
        const host = [...head, tail].map((part, index) => write[index]?.(part) ?? '').join('.');
        expect(whyNotPublic(`http://${host}/`)).toBe('must not name an address inside a network');
      },
    ),
  );
});

test('a text that is no address is not public', () => {
  expect(isPublicAddress('files.example.com')).toBe(false);
});
