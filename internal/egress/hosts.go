package egress

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

type hostsKey struct{}

// WithHosts marks the calls of ctx as carrying a credential that may go to hosts that match patterns only
// (see MatchHost). Calls to other hosts are refused, and so is plain http, unless a matching pattern says
// http:// or the operator allowed the exact pair.
//
// No patterns means no host at all. A call without a credential needs no WithHosts.
func WithHosts(ctx context.Context, patterns []string) context.Context {
	return context.WithValue(ctx, hostsKey{}, patterns)
}

func hostsOf(ctx context.Context) ([]string, bool) {
	patterns, ok := ctx.Value(hostsKey{}).([]string)
	return patterns, ok
}

// MatchHost reports whether the URL's host matches one of the patterns:
//
//	api.acme.example        this host, on any port
//	api.acme.example:8443   this host and port
//	*.acme.example          every host below acme.example, not acme.example itself
//	http://10.1.2.3:8080    as above, and a credential may go there in clear
//	https://acme.example/x  a base URL: its host counts, its path does not
//
// Case and a final dot don't matter. "*" alone and "*.com" match nothing: a credential needs a home.
func MatchHost(patterns []string, u *url.URL) bool {
	host, port := normaliseHost(u.Hostname()), portOf(u)
	for _, pattern := range patterns {
		if matchOne(pattern, host, port) {
			return true
		}
	}
	return false
}

// plainDeclared reports whether a pattern that matches the URL declares plain http.
func plainDeclared(patterns []string, u *url.URL) bool {
	host, port := normaliseHost(u.Hostname()), portOf(u)
	for _, pattern := range patterns {
		if strings.HasPrefix(pattern, "http://") && matchOne(pattern, host, port) {
			return true
		}
	}
	return false
}

func matchOne(pattern, host, port string) bool {
	pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "https://"), "http://")
	pattern, _, _ = strings.Cut(pattern, "/")
	if h, p, err := net.SplitHostPort(pattern); err == nil {
		if p != port {
			return false
		}
		pattern = h
	}
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "["), "]")
	if tail, wild := strings.CutPrefix(pattern, "*"); wild {
		tail = strings.ToLower(strings.TrimSuffix(tail, "."))
		// ".acme.example" has two dots; ".com" has one and would hand the credential to anybody.
		return strings.HasPrefix(tail, ".") && strings.Count(tail, ".") >= 2 &&
			len(host) > len(tail) && strings.HasSuffix(host, tail)
	}
	return host != "" && normaliseHost(pattern) == host
}

// normaliseHost lower-cases a host, drops its final dot and writes an IP address in its one short form,
// an IPv4-mapped one as IPv4.
func normaliseHost(host string) string {
	if lower(host) && !strings.HasSuffix(host, ".") && !strings.Contains(host, ":") {
		return host // the usual case, without a copy
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

func lower(s string) bool {
	for _, c := range []byte(s) {
		if c >= 'A' && c <= 'Z' || c >= 0x80 {
			return false
		}
	}
	return true
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

func pairOf(u *url.URL) string {
	return net.JoinHostPort(normaliseHost(u.Hostname()), portOf(u))
}
