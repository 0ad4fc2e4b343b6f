import { expect, test } from '@jest/globals';
import { ServiceError } from '../errors.ts';
import { refuseOutOfReach, whyUploadsAreOutOfReach } from './reachable.ts';

const REAL = { INSTAGRAM_GRAPH_URL: 'https://graph.instagram.com', FACEBOOK_GRAPH_URL: 'https://graph.facebook.com' };
const HERE = 'http://127.0.0.1:4566';

test.each([HERE, 'http://localhost:4566', 'http://aws.localhost:4566', 'http://10.0.0.7:4566', 'http://storage:4566'])(
  'the real Instagram cannot fetch from %s, and the words say what to do',
  (AWS_ENDPOINT_URL_S3) => {
    const refuse = () => refuseOutOfReach({ ...REAL, AWS_ENDPOINT_URL_S3 });

    expect(refuse).toThrow(ServiceError);
    expect(refuse).toThrow(
      /^Instagram cannot fetch uploads from \S+: set PUBLIC_BASE_URL to .* tunnel .*, or UPLOAD_BUCKET to a bucket on AWS$/,
    );
  },
);

test.each([
  ['a bucket on AWS', REAL],
  ['a tunnel', { ...REAL, AWS_ENDPOINT_URL_S3: HERE, UPLOAD_LINK_ENDPOINT: 'https://tunnel.example.com' }],
  [
    'a simulated Instagram beside it',
    {
      INSTAGRAM_GRAPH_URL: 'http://127.0.0.1:8001/graph.instagram.com',
      FACEBOOK_GRAPH_URL: 'http://127.0.0.1:8001/graph.facebook.com',
      AWS_ENDPOINT_URL_S3: HERE,
    },
  ],
])('%s is within reach', (_what, places) => {
  expect(whyUploadsAreOutOfReach(places)).toBeNull();
});
