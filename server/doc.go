// Package server is the front of the house: the http.Server with its middleware, the routes that are
// not the API, and the mounting of the doors below it (api, hook, oauth).
//
// A request passes, from outside in: panic boundary, standard headers, path folding, then the door.
// Each door translates errors once, with package fault.
package server
