// Package connector reads, checks and runs connector definitions: documents in YAML or JSON that say how a
// product's HTTP API is called and how its webhooks are received.
//
// Parse and Lint check a document and name file, line and remedy of every mistake; Compile turns a
// Definition into templates, predicates and locations that are ready to run; Runtime.Call makes one call
// with the secrets of an Instance, and Trigger checks and reads deliveries.
//
// # Pages and chunks
//
// A call makes one page, or one chunk of what is sent. Result.Next leads to the following one: give it to the
// next Call as Page with the same inputs until it is nil. Whoever must survive a crash stores Next (as JSON,
// sealed) in the same commit as the page's output; after a crash the call goes on from the stored Next, under
// the same idempotency key, which names the page. A page that failed is called again with the Page it was called
// with. Join puts the documents of all pages together.
//
// Start with definition.go (the format), compile.go and runtime.go. To add a way of authentication,
// a pager, a body format or a webhook check, add one file beside auth_basic.go, pager_token.go, body_form.go
// or verify_hmac.go.
package connector
