declare const SASTAOPS_VERSION: string | undefined;

/** Set at build time from package.json. */
export const VERSION: string = typeof SASTAOPS_VERSION === 'string' ? SASTAOPS_VERSION : '0.0.0-dev';
