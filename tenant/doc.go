// Package tenant is who may come in and for whom: partners, accounts and sub accounts, people, client
// credentials and tokens, settings, usage and the audit log.
//
// It turns a bearer token into a paceline.Principal and an account header into a paceline.Account, and
// holds the keys that unseal an account's data. Each operation checks the caller's rights itself and
// writes its audit event in the transaction of its change. Start with tenant.go.
package tenant
