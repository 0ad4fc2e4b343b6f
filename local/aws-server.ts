/** SQS and S3 for containers, in a container of their own. */
import { awsServerEnv, parseEnv } from '../lib/config.ts';
import { openDataDir } from './platform/data-dir.ts';

try {
  const { AWS_REGION: region, AWS_PORT: port, DATA_DIR, ALLOWED_HOSTS: allowedHosts } = parseEnv(awsServerEnv);
  const { startLastingAws } = await import('./platform/aws.ts');
  const { endpoint, stop } = await startLastingAws({
    region,
    port,
    dataDir: await openDataDir(DATA_DIR),
    allowedHosts,
  });
  console.log(`SQS and S3 at ${endpoint}, kept in ${DATA_DIR}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void stop();
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
