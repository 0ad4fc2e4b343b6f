import { ArnPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { UploadStore } from './upload-store.ts';

/**
 * The role whose sessions sign links to uploads. Lambda's own credentials may end at any moment, and every link signed with
 * them; a session assumed for the purpose lasts for the hour that a link promises.
 */
export class UploadSigner extends Construct {
  readonly #uploads: UploadStore;
  #role: Role | undefined;

  constructor(scope: Construct, id: string, { uploads }: { uploads: UploadStore }) {
    super(scope, id);
    this.#uploads = uploads;
  }

  /** Lets functions sign links; returns the variable that says as whom. */
  grantUse(grantee: Role): { UPLOAD_SIGNER_ROLE_ARN: string } {
    const principal = new ArnPrincipal(grantee.roleArn);
    if (this.#role === undefined) {
      this.#role = new Role(this, 'Role', { assumedBy: principal, description: 'Signs links to uploads' });
      this.#uploads.grantObjects(this.#role);
    } else {
      const statement = new PolicyStatement({
        actions: ['sts:AssumeRole'],
        principals: [principal],
      });
      this.#role.assumeRolePolicy?.addStatements(statement);
    }
    grantee.addToPolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [this.#role.roleArn] }));
    return { UPLOAD_SIGNER_ROLE_ARN: this.#role.roleArn };
  }
}
