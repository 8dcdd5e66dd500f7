// What scripts of connectors, methods and steps find (docs/scripts.md). Put this file beside a script and begin it
// with  /// <reference path="scripts.d.ts" />  so that an editor knows these names.

type Values = { [name: string]: any };

// Before and after a call, around a webhook, and around a request for a token of OAuth 2: docs/scripts.md says which
// event has which.
declare var method_request: any;
declare var method_request_headers: Values;
declare var method_request_parameters: Values;
declare var method_request_mergefields: Values;
declare var method_endpoint: string;
declare var method_response: any;
declare var method_response_headers: Values;
/** In after_error: the flags say what the failure means, the content is the text of the answer. */
declare var method_error: { statusCode: number; reasonPhrase: string; content: any; isError: boolean; isWarning: boolean; isSuccess: boolean };
declare var statusCode: number;
declare var reasonPhrase: string;
/** Yours: it lives from before_action to the last event of the step. */
declare var action_data: any;
/** Only where the connector declares authValue: true. */
declare const method_auth_value: string | undefined;

// Where the script runs; for reading.
declare const script_parameters: Values;
declare const cycle_variables: { [name: string]: string };
declare const cycle_id: string;
declare const cycle_step_id: string;
declare const transaction_id: string;
declare const cyclr_account_id: string;
declare const external_account_id: string;
declare const script_execution_context: 'RUNNING_TRANSACTION' | 'STEP_TESTING' | 'CONNECTOR_TESTING';
declare const method_response_fields_in_use: string[];
declare const method_response_parameters_in_use: string[];
/** In the events of a call. */
declare const method_response_fields: string[];
/** In next_page: the number of the page that has just come, from 1. */
declare const page_number: number;
declare const last_successful_run_date: string | null;
/** In after_action_paging: a date like 2026-03-01T12:00:00Z becomes the next last_successful_run_date. */
declare var next_last_successful_run_date: string | null;

interface ScriptResponse {
  status_code: number;
  headers: { [name: string]: string };
  content: string;
  request: { method: string; url: string };
}

/** Makes a request, with the connector's credential to its allowed hosts alone. An answer of any status is returned. */
declare function http_request(request: {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Values;
  data?: any;
}): ScriptResponse;

// Values for all cycles of the account connector.
declare function cyclr_storage_get(key: string): any;
declare function cyclr_storage_set(key: string, value: any): void;
declare function cyclr_storage_append(key: string, text: any): string;
declare function cyclr_storage_increment(key: string, by?: number): number;
declare function cyclr_storage_decrement(key: string, by?: number): number;
declare function cyclr_storage_delete(key: string): boolean;
declare function cyclr_storage_delete_all(): number;
declare function cyclr_storage_list_keys(): string[];
declare function cyclr_storage_list_values(): any[];

// Values for this cycle alone.
declare function cycle_storage_get(key: string): any;
declare function cycle_storage_set(key: string, value: any): void;
declare function cycle_storage_append(key: string, text: any): string;
declare function cycle_storage_increment(key: string, by?: number): number;
declare function cycle_storage_decrement(key: string, by?: number): number;
declare function cycle_storage_delete(key: string): boolean;
declare function cycle_storage_delete_all(): number;
declare function cycle_storage_list_keys(): string[];
declare function cycle_storage_list_values(): any[];

type Charset =
  | 'ASCII' | 'ISO-8859-1' | 'UTF-7' | 'UTF-8' | 'UTF-16' | 'UTF-16LE' | 'UTF-16BE' | 'UTF-32' | 'UTF-32LE' | 'UTF-32BE';
type Hash = 'MD5' | 'SHA1' | 'SHA224' | 'SHA256' | 'SHA384' | 'SHA512';
type Encoding = 'hex' | 'base64' | 'base64url';

declare function btoa(text: string, charset?: Charset): string;
declare function atob(text: string, charset?: Charset): string;
/** HMAC-SHA256 with a secret, RSA-SHA256 with a PEM, and their kin; in hex. */
declare function cyclr_sign(algorithm: string, key: string, text: string): string;
declare function cyclr_csv_parse(text: string, delimiter?: string, hasHeader?: true): { [column: string]: string }[];
declare function cyclr_csv_parse(text: string, delimiter: string, hasHeader: false): string[][];
declare function cyclr_xml_serialize(value: Values): string;
declare function cyclr_xml_deserialize(text: string): any;

declare const paceline: {
  uuid(): string;
  hash(algorithm: Hash, text: string, encoding?: Encoding): string;
  sign(algorithm: string, key: string, text: string, encoding?: Encoding): string;
  jwt(claims: Values, key: string, algorithm?: 'HS256' | 'RS256' | 'PS256' | 'ES256', header?: Values): string;
  csv(rows: any[][], delimiter?: string): string;
};

/** Thrown after a call: renews the token, or the session, and makes the call once more. */
declare const AuthRefreshException: { new (message?: string): Error; (message?: string): Error };
declare const AuthSessionException: { new (message?: string): Error; (message?: string): Error };

declare function log(...values: any[]): void;
declare const console: { log(...values: any[]): void; info(...values: any[]): void; warn(...values: any[]): void; error(...values: any[]): void; debug(...values: any[]): void };
declare const crypto: { getRandomValues<T extends ArrayBufferView>(array: T): T };

// Loaded for scripts that name them; add the libraries' own types for more.
declare const moment: any;
declare const CryptoJS: any;
declare function require(name: 'moment' | 'moment-timezone' | 'crypto-js'): any;
