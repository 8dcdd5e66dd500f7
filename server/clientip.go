package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP returns the caller's address: the socket's, or, when that is a trusted proxy, the last
// address of X-Forwarded-For that no trusted proxy wrote.
func ClientIP(q *http.Request, trusted []*net.IPNet) netip.Addr {
	at, err := netip.ParseAddrPort(q.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := at.Addr().Unmap()
	chain := strings.Split(strings.Join(q.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= 0 && isTrusted(ip, trusted); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip
}

func isTrusted(ip netip.Addr, trusted []*net.IPNet) bool {
	for _, network := range trusted {
		if network.Contains(ip.AsSlice()) {
			return true
		}
	}
	return false
}
