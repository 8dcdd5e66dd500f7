// Package smtp hands emails to a mail server.
//
// Send opens one connection through the dialer that it is given, signs in and hands one email over. Its errors say whether
// anything was sent, and whether another try is of use. Start with send.go.
package smtp
