import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CfnRoute,
  type CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { routes } from '../../functions/routes.ts';
import { gatewayRoutes } from '../../lib/http/gateway-routes.ts';
import { acknowledge } from '../acknowledge.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';
import { createAuthorizer } from './authorizer.ts';
import { functionNameOf } from './service-function.ts';

/** One line a request: who, what, how it went. No query strings: people search for what is in their captions. */
const ACCESS_LOG = JSON.stringify({
  request_id: '$context.requestId',
  time: '$context.requestTime',
  source_ip: '$context.identity.sourceIp',
  principal: '$context.authorizer.claims.sub',
  method: '$context.httpMethod',
  path: '$context.path',
  route: '$context.routeKey',
  status: '$context.status',
  response_bytes: '$context.responseLength',
  latency_ms: '$context.responseLatency',
  integration_ms: '$context.integrationLatency',
  integration_error: '$context.integrationErrorMessage',
  authorizer_error: '$context.authorizer.error',
  error_type: '$context.error.responseType',
});

export const accessLogNameOf = ({ prefix }: Pick<Stage, 'prefix'>): string => `/${prefix}/access`;

/** The share of a route's budget that a route without a scope gets. */
const OPEN_SHARE = 0.1;

/** The HTTP API: a route for each contract of the registry, guarded by its scope, and `$default` for everything else. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  /** What the DNS record of the stage's own domain must point to. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const functionOf = functionsByName(this, stage);
    const integrationOf = integrations(functionOf);
    this.api = new HttpApi(this, 'Api', {
      apiName: stage.prefix,
      createDefaultStage: false,
      defaultIntegration: integrationOf('default-route'),
    });
    acknowledge(this.api, {
      'AwsSolutions-APIG4':
        '$default answers 404, 405 and 308 and knows no data; the contracts without a scope are public.',
    });
    const accessLog = new LogGroup(this, 'AccessLog', {
      logGroupName: accessLogNameOf(stage),
      retention: stage.logDays,
      removalPolicy: removalOf(stage),
    });
    const apiStage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: stage.requestsPerSecond, burstLimit: stage.requestBurst },
      detailedMetricsEnabled: false,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    const keys = this.#addRoutes(stage, integrationOf);
    this.#limitRoutes(stage, apiStage, keys);
    this.#permitDefaultRoute(functionOf('default-route'));
    this.domainTarget = this.#addDomain(stage, apiStage);
  }

  /**
   * Each route has its own budget. The gateway counts a request before it checks its token: with one budget for all, callers
   * without a token could keep out everybody else. A route that needs no token gets a tenth.
   */
  #limitRoutes(stage: Stage, apiStage: HttpStage, keys: ReadonlyMap<string, { open: boolean }>): void {
    const limitsOf = (share: number) => ({
      ThrottlingRateLimit: Math.max(1, Math.floor(stage.requestsPerSecond * share)),
      ThrottlingBurstLimit: Math.max(1, Math.floor(stage.requestBurst * share)),
    });
    const resource = apiStage.node.defaultChild as CfnStage;
    resource.routeSettings = Object.fromEntries(
      [...keys].map(([key, { open }]) => [key, limitsOf(open ? OPEN_SHARE : 1)]),
    );
    // A stage cannot limit a route that is not there yet.
    for (const child of this.api.node.findAll()) if (child instanceof CfnRoute) resource.addResourceDependency(child);
  }

  #addDomain(stage: Stage, apiStage: HttpStage): string | undefined {
    if (stage.domainName === undefined || stage.certificateArn === undefined) return undefined;
    const domain = new DomainName(this, 'Domain', {
      domainName: stage.domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', stage.certificateArn),
    });
    new ApiMapping(this, 'DomainMapping', { api: this.api, domainName: domain, stage: apiStage });
    return domain.regionalDomainName;
  }

  /** `$default` has no method and no path, and so an ARN that the permission CDK gives to routes does not fit. */
  #permitDefaultRoute(handler: IFunction): void {
    const sourceArn = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: '*/$default',
    });
    const principal = new ServicePrincipal('apigateway.amazonaws.com');
    handler.addPermission('DefaultRoutePermission', { scope: this, principal, sourceArn });
  }

  /** Returns the routes' keys, with whether anybody may call them. */
  #addRoutes(stage: Stage, integrationOf: (entry: string) => HttpLambdaIntegration): Map<string, { open: boolean }> {
    const keys = new Map([['$default', { open: true }]]);
    const jwt = createAuthorizer(this, stage);
    const open = new HttpNoneAuthorizer();
    for (const { method, path, entry, scope } of gatewayRoutes(routes)) {
      this.api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration: integrationOf(entry),
        ...(scope === null ? { authorizer: open } : { authorizer: jwt, authorizationScopes: [scope] }),
      });
      keys.set(`${method} ${path}`, { open: scope === null });
    }
    return keys;
  }
}

/** The functions of the stage, by their fixed names: what one stack tells another by an output must exist before it is named. */
const functionsByName = (scope: Construct, stage: Stage) => {
  const named = new Construct(scope, 'Functions');
  return (entry: string): IFunction => {
    const functionArn = Stack.of(scope).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: functionNameOf(stage, entry),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const found = named.node.tryFindChild(entry) as IFunction | undefined;
    return found ?? LambdaFunction.fromFunctionAttributes(named, entry, { functionArn, sameEnvironment: true });
  };
};

/** One integration for each function, however many routes lead to it. */
const integrations = (functionOf: (entry: string) => IFunction) => {
  const made = new Map<string, HttpLambdaIntegration>();
  return (entry: string): HttpLambdaIntegration => {
    const integration =
      made.get(entry) ?? new HttpLambdaIntegration(entry, functionOf(entry), { scopePermissionToRoute: false });
    made.set(entry, integration);
    return integration;
  };
};
