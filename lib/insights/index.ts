/** The face of the insights, and all that other features may import. */
export { metricsOf } from './catalogue.ts';
