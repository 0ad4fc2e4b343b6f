import { RemovalPolicy } from 'aws-cdk-lib';
import type { Stage } from './stage.ts';

/** What becomes of data when its stack goes: a protected stage keeps it. */
export const removalOf = ({ protectData }: Pick<Stage, 'protectData'>): RemovalPolicy =>
  protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
