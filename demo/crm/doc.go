// Package crm is Harbour CRM, a small ticket system that exists for the demo.
//
// Its API is strict: a missing or wrong key is 401, a field of a wrong name, type or value is 422 and
// named, lists come in pages with a total, and more requests than allowed are 429 with Retry-After. A
// ticket has an external_id of the caller's choice, by which it can be created or updated in one call.
package crm
