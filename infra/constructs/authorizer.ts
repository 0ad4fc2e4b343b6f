import { Annotations, Stack } from 'aws-cdk-lib';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { AccountRecovery, FeaturePlan, Mfa, UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/**
 * Checks tokens against the stage's issuer. API Gateway reads the issuer's discovery document when the authorizer is made,
 * so a stage without an issuer gets one that exists and admits nobody: a user pool with no users and no clients.
 */
export const createAuthorizer = (scope: Construct, stage: Stage): HttpJwtAuthorizer => {
  if (stage.issuer !== undefined) {
    return new HttpJwtAuthorizer('Authorizer', stage.issuer, { jwtAudience: stage.audience });
  }
  Annotations.of(scope).addWarningV2(
    'instagram-service:no-issuer',
    `Stage ${stage.name} names no issuer: every request with a scope is refused. Set issuer and audience in cdk.json.`,
  );
  const nobody = new UserPool(scope, 'Nobody', {
    userPoolName: `${stage.prefix}-nobody`,
    selfSignUpEnabled: false,
    accountRecovery: AccountRecovery.NONE,
    mfa: Mfa.REQUIRED,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 99,
      requireDigits: true,
      requireLowercase: true,
      requireSymbols: true,
      requireUppercase: true,
    },
    featurePlan: FeaturePlan.ESSENTIALS,
    removalPolicy: removalOf({ protectData: false }),
  });
  acknowledge(nobody, {
    'AwsSolutions-COG8': 'There is nobody in it to protect: it only stands for an issuer.',
  });
  const issuer = `https://cognito-idp.${Stack.of(scope).region}.amazonaws.com/${nobody.userPoolId}`;
  return new HttpJwtAuthorizer('Authorizer', issuer, { jwtAudience: ['nobody'] });
};
