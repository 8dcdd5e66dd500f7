// Package limiter decides when a call to a third party may be made: by declared limits (requests per window,
// time between requests, calls at once) and by what the remote said when it refused calls. Nothing here
// waits: Acquire gives a permit or the time at which to ask again, so that whoever asks can do other work.
// Everything is kept in memory, for the owner of the credential is one node (decision D-1); the rules for
// refused calls are those of F-213: what the remote asks, else 60 seconds, longer each time.
package limiter
