package e2e

import "net/http/httptest"

type remote struct {
	*httptest.Server
	key string
}
