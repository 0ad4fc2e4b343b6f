import { RemovalPolicy } from 'aws-cdk-lib';
import type { Stage } from './stage.ts';

/**
 * What becomes of data when its stack goes: a protected stage keeps it. A creation that is rolled back takes it along all
 * the same: it holds nothing yet, and what has a fixed name would be in the way of the next try.
 */
export const removalOf = (
  { protectData }: Pick<Stage, 'protectData'>,
  unprotected: RemovalPolicy = RemovalPolicy.DESTROY,
): RemovalPolicy => (protectData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : unprotected);
