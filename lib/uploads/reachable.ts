import { ServiceError } from '../errors.ts';
import { whyNotPublic } from '../media-files/public-url.ts';

/** The addresses of upload links and of Instagram. */
export interface LinkPlaces {
  UPLOAD_LINK_ENDPOINT?: string | undefined;
  AWS_ENDPOINT_URL_S3?: string | undefined;
  INSTAGRAM_GRAPH_URL: string;
  FACEBOOK_GRAPH_URL: string;
}

/**
 * Why Instagram cannot fetch any upload, and what to do, in words for people; null: it can. Only the real Instagram
 * needs a public address: a simulated one runs beside the files.
 */
export const whyUploadsAreOutOfReach = (places: LinkPlaces): string | null => {
  const endpoint = places.UPLOAD_LINK_ENDPOINT ?? places.AWS_ENDPOINT_URL_S3;
  const isReal = [places.INSTAGRAM_GRAPH_URL, places.FACEBOOK_GRAPH_URL].every((url) => whyNotPublic(url) === null);
  if (endpoint === undefined || !isReal || whyNotPublic(endpoint) === null) return null;
  return (
    `Instagram cannot fetch uploads from ${new URL(endpoint).hostname}: set PUBLIC_BASE_URL to the public address of a tunnel ` +
    'to this service, or UPLOAD_BUCKET to a bucket on AWS'
  );
};

/** Refuses an upload that Instagram could not fetch. @throws {ServiceError} `validation_failed`, with those words. */
export const refuseOutOfReach = (places: LinkPlaces): void => {
  const message = whyUploadsAreOutOfReach(places);
  if (message === null) return;
  throw new ServiceError('validation_failed', message, { errors: [{ path: 'upload_key', message }] });
};
