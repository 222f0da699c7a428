import type {Check} from './check.js';
import {backupFreshness} from './checks/backups/freshness.js';
import {backupPrivate} from './checks/backups/private.js';
import {backupRehearsed} from './checks/backups/rehearsed.js';
import {backupVerified} from './checks/backups/verified.js';
import {contentDocs} from './checks/content/docs.js';
import {contentFiles} from './checks/content/files.js';
import {httpErrors} from './checks/content/http-errors.js';
import {httpMethods} from './checks/content/http-methods.js';
import {contentListing} from './checks/content/listing.js';
import {contentMetrics} from './checks/content/metrics.js';
import {contentMixed} from './checks/content/mixed.js';
import {contentRobots} from './checks/content/robots.js';
import {contentSecrets} from './checks/content/secrets.js';
import {contentSecuritytxt} from './checks/content/securitytxt.js';
import {contentSourcemaps} from './checks/content/sourcemaps.js';
import {CONTRACT_CHECKS} from './checks/contract.js';
import {corsLock} from './checks/cors/lock.js';
import {dbAuth} from './checks/database/auth.js';
import {dbConnections} from './checks/database/connections.js';
import {dbExplain} from './checks/database/explain.js';
import {dbIndexes} from './checks/database/indexes.js';
import {dbName} from './checks/database/name.js';
import {dbPrivilege} from './checks/database/privilege.js';
import {deployCommit} from './checks/deployment/commit.js';
import {deployDrift} from './checks/deployment/drift.js';
import {deployVersion} from './checks/deployment/version.js';
import {dnsCaa} from './checks/domain/dns-caa.js';
import {dnsResolve} from './checks/domain/dns-resolve.js';
import {httpCanonical} from './checks/domain/http-canonical.js';
import {httpRedirect} from './checks/domain/http-redirect.js';
import {environmentKeys} from './checks/environment/keys.js';
import {environmentPlaceholder} from './checks/environment/placeholder.js';
import {environmentSecrets} from './checks/environment/secrets.js';
import {environmentSet} from './checks/environment/set.js';
import {headersBanner} from './checks/headers/banner.js';
import {headersCache} from './checks/headers/cache.js';
import {headersCookies} from './checks/headers/cookies.js';
import {headersCrossorigin} from './checks/headers/crossorigin.js';
import {headersCsp} from './checks/headers/csp.js';
import {headersFrame} from './checks/headers/frame.js';
import {headersNosniff} from './checks/headers/nosniff.js';
import {headersPermissions} from './checks/headers/permissions.js';
import {headersReferrer} from './checks/headers/referrer.js';
import {healthLive} from './checks/health/live.js';
import {metricsScrape} from './checks/health/metrics.js';
import {healthReady} from './checks/health/ready.js';
import {perfTtfb} from './checks/performance/ttfb.js';
import {runbookAnswers} from './checks/runbook/answers.js';
import {sloCompliance} from './checks/slo/compliance.js';
import {supplyAudit} from './checks/supply/audit.js';
import {supplyLicences} from './checks/supply/licences.js';
import {supplyLock} from './checks/supply/lock.js';
import {supplyScripts} from './checks/supply/scripts.js';
import {supplySecrets} from './checks/supply/secrets.js';
import {tlsCertChain} from './checks/tls/cert-chain.js';
import {tlsCertExpiry} from './checks/tls/cert-expiry.js';
import {tlsCertHostname} from './checks/tls/cert-hostname.js';
import {tlsCertKey} from './checks/tls/cert-key.js';
import {tlsCiphers} from './checks/tls/ciphers.js';
import {tlsHsts} from './checks/tls/hsts.js';
import {tlsIpv6} from './checks/tls/ipv6.js';
import {tlsProtocol} from './checks/tls/protocol.js';
import {tlsStapling} from './checks/tls/stapling.js';

/** Every check, in the order of the report. */
export const CATALOGUE: readonly Check[] = [
	dnsResolve,
	dnsCaa,
	httpRedirect,
	httpCanonical,

	tlsProtocol,
	tlsCiphers,
	tlsCertExpiry,
	tlsCertChain,
	tlsCertHostname,
	tlsCertKey,
	tlsStapling,
	tlsHsts,
	tlsIpv6,

	headersCsp,
	headersNosniff,
	headersFrame,
	headersReferrer,
	headersPermissions,
	headersCrossorigin,
	headersBanner,
	headersCookies,
	headersCache,

	corsLock,

	httpMethods,
	httpErrors,
	contentFiles,
	contentSecrets,
	contentSourcemaps,
	contentListing,
	contentMixed,
	contentDocs,
	contentMetrics,
	contentSecuritytxt,
	contentRobots,

	healthLive,
	healthReady,
	metricsScrape,

	sloCompliance,

	perfTtfb,

	...CONTRACT_CHECKS,

	dbAuth,
	dbName,
	dbIndexes,
	dbPrivilege,
	dbExplain,
	dbConnections,

	backupFreshness,
	backupVerified,
	backupRehearsed,
	backupPrivate,

	supplyAudit,
	supplyLock,
	supplyScripts,
	supplyLicences,
	supplySecrets,

	deployVersion,
	deployCommit,
	deployDrift,

	environmentSet,
	environmentPlaceholder,
	environmentKeys,
	environmentSecrets,

	runbookAnswers,
];
