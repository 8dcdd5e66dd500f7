// Package embed is the pages that a partner's product sends its customers to. A person who holds a sign-in token
// connects an account connector by consenting at its vendor, and goes back to where it came from; or gets a session, in
// which LAUNCH, ORBIT and marketplaces show what there is in the person's account.
// Begin with Handler; what is done is done by catalog (BeginConsent and FinishConsent) and tenant (BeginEmbedSession).
package embed
