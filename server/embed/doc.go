// Package embed is the pages that a partner's product sends its customers to: a person who holds a sign-in
// token connects an account connector by consenting at its vendor, and goes back to where it came from.
// Begin with Handler; what is done is done by catalog (BeginConsent and FinishConsent).
package embed
