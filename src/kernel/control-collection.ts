/**
 * The collection of the shop's database that is not the shop's data: the maintenance switch of the contract, what sastaops
 * tells of releases, the shop's alerts. A backup never holds it, and a restore never moves it.
 */
export const CONTROL_COLLECTION = 'sastaops_control';
