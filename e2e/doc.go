// Package e2e tests the program as a user meets it: the built binary, real HTTP, real databases, a real browser.
//
// Its tests are the sentences of what Paceline promises. server_test.go starts and ends the program, client_test.go
// calls its API, remote_test.go is the third party that it calls; readme_test.go runs the commands of the README.
package e2e
