// Package github is a stand-in for the part of GitHub's REST API that the demo's connector uses.
//
// It keeps a few repositories with issues and comments, answers in the documented shapes, and refuses
// what GitHub refuses: a missing User-Agent, a wrong token, an unknown API version, bodies with fields
// of a wrong name or type, and more requests than the rate limit allows. Its objects also make up the
// webhook payloads of package event.
package github
