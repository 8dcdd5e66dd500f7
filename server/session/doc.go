// Package session signs people in to the web application: a cookie that only this server reads stands for a
// bearer token, so that the application needs no API but the public one.
package session
