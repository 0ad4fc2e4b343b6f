import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { excerptOf, redact } from './redact.ts';

const SECRET = 'Zx9-secret_VALUE.0042';

describe('redact', () => {
  test.each([
    `https://graph.instagram.com/v25.0/me?fields=id&access_token=${SECRET}&limit=2`,
    `access_token=${SECRET}`,
    `access_token%3D${SECRET}`,
    `{"access_token":"${SECRET}","token_type":"bearer"}`,
    `{\\"access_token\\":\\"${SECRET}\\"}`,
    `{ access_token: '${SECRET}' }`,
    `input_token=${SECRET}`,
    `fb_exchange_token=${SECRET}`,
    `client_secret=${SECRET}`,
    `appsecret_proof=${SECRET}`,
    `https://example.com/?code=${SECRET}#_`,
    `Authorization: Bearer ${SECRET}`,
    `authorization: OAuth ${SECRET}`,
    `"Authorization":"${SECRET}"`,
    `Bearer ${SECRET}`,
    `{"next":"https:\\/\\/graph.instagram.com\\/v25.0\\/1\\/media?q=${SECRET}","x":1}`,
    `{"paging":{"next":"https://graph.instagram.com/v25.0/1/media?q=${SECRET}`,
    `{\\"previous\\":\\"https://graph.instagram.com/?q=${SECRET}\\"}`,
    `https://bucket.s3.amazonaws.com/k?X-Amz-Signature=${SECRET}`,
  ])('redact removes the credential from %s', (text) => {
    expect(redact(text)).not.toContain(SECRET);
    expect(redact(text)).toContain('[redacted]');
  });

  test.each([
    'Malformed access token IGAAJxyz0123456789ZD',
    'Malformed access token EAAGm0PX4ZCpsBAxyz',
    'app token 1234567890123|abcdefABCDEF0123',
    'app token 1234567890123%7CabcdefABCDEF0123',
  ])('redact recognizes tokens by their shape: %s', (text) => expect(redact(text)).toMatch(/\[redacted\]$/));

  test('redact removes a known secret everywhere, also when it is encoded', () => {
    const secret = 'odd|one';
    expect(redact(`Malformed ${secret}, seen as odd%7Cone`, [secret])).toBe('Malformed [redacted], seen as [redacted]');
  });

  test('redact removes any secret from any text', () => {
    const secrets = fc.string({ minLength: 8, unit: fc.constantFrom(...'abcXYZ0189-_.|~') });
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        expect(redact(`${before}${secret}${after}`, [secret])).not.toContain(secret);
      }),
    );
  });

  test.each([
    'Invalid OAuth access token - Cannot parse access token',
    '{"error":{"code":190,"error_subcode":463}}',
    'Error validating access token: Session has expired on Friday',
    "Unsupported get request. Object with ID '17841400000000001' does not exist",
  ])('redact does not change ordinary words: %s', (text) => expect(redact(text)).toBe(text));
});

describe('excerptOf', () => {
  test('an excerpt has no part of a token at its end', () => {
    const text = `${'x'.repeat(490)} ${SECRET}`;
    expect(excerptOf(text, [SECRET])).toBe(`${'x'.repeat(490)} [redacted`);
  });

  test('an excerpt is measured in bytes and never splits a character', () => {
    const excerpt = excerptOf('é'.repeat(400), [], 101);
    expect(excerpt).toBe('é'.repeat(50));
  });

  test('Postgres can store an excerpt', () => expect(excerptOf('a\0b\ud800c', [])).toBe('abc'));
});
