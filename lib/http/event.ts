import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda';

/** What an HTTP API's JWT authorizer leaves of a token it has checked. */
export interface JwtAuthorizer {
  jwt?: { claims: Readonly<Record<string, unknown>> };
}

/** An API Gateway HTTP API event, payload format 2.0; `authorizer` is absent on a route that has none. */
export type ApiEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  requestContext: APIGatewayEventRequestContextV2 & { authorizer?: JwtAuthorizer };
};

/** What a function answers. Names of headers are compared without regard to case. */
export type ApiResult = APIGatewayProxyStructuredResultV2 & { statusCode: number; headers: Record<string, string> };

/** The part of Lambda's context that the frame looks at; homes other than Lambda pass just this. */
export interface InvocationContext {
  /** Milliseconds until the execution environment is stopped. */
  getRemainingTimeInMillis: () => number;
}
