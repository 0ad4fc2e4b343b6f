import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { KEPT_DAYS } from '../../lib/uploads/policy.ts';
import { acknowledge } from '../acknowledge.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/** Keeps files between their upload and their publication: `uploads/{account}/{uuid}`. */
export class UploadStore extends Construct {
  readonly #bucketName: string;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    // A bucket's name must be unique in all of AWS.
    this.#bucketName = `${stage.prefix}-uploads-${stage.account ?? Aws.ACCOUNT_ID}-${stage.region}`;
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: this.#bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true, // publishing pins the version it has checked
      lifecycleRules: [
        {
          prefix: 'uploads/',
          expiration: Duration.days(KEPT_DAYS),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        { expiredObjectDeleteMarker: true },
      ],
      ...(stage.uploadOrigins.length > 0 && {
        cors: [
          {
            allowedMethods: [HttpMethods.POST],
            allowedOrigins: stage.uploadOrigins,
            allowedHeaders: ['content-type'],
            maxAge: 3_000,
          },
        ],
      }),
      removalPolicy: removalOf(stage),
    });
    acknowledge(bucket, {
      'AwsSolutions-S1':
        'Objects are read by links signed for an hour; an access log would keep those links for longer.',
    });
  }

  /** Lets functions store, find and read uploads; returns the variable that says where. */
  grantUse(role: Role): { UPLOAD_BUCKET: string } {
    this.grantObjects(role);
    // Without it, S3 answers "forbidden" for an object that does not exist.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [`arn:${Stack.of(role).partition}:s3:::${this.#bucketName}`],
        conditions: { StringLike: { 's3:prefix': 'uploads/*' } },
      }),
    );
    return { UPLOAD_BUCKET: this.#bucketName };
  }

  /** Lets somebody write and read the objects themselves: all that a signed link can be for. */
  grantObjects(role: Role): void {
    const { partition } = Stack.of(this);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion'],
        resources: [`arn:${partition}:s3:::${this.#bucketName}/uploads/*`],
      }),
    );
    const named = this.#bucketName.replace(Aws.ACCOUNT_ID, '<AWS::AccountId>'); // as cdk-nag writes it
    acknowledge(role, {
      [`AwsSolutions-IAM5[Resource::arn:${partition}:s3:::${named}/uploads/*]`]:
        'Every upload has a name of its own, made up when it is stored.',
    });
  }
}
