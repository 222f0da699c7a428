export type {Config} from './kernel/config/schema.js';
