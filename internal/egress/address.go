package egress

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"code.dny.dev/ssrf"
)

// ranges refuses the IANA special-purpose ranges of both families and everything of IPv6 that is not
// global unicast, which takes in NAT64, IPv4-mapped and IPv4-compatible forms, 6to4 and Teredo.
var ranges = ssrf.New(
	ssrf.WithAnyPort(),
	ssrf.WithDeniedV4Prefixes(
		netip.MustParsePrefix("168.63.129.16/32"), // a cloud's host agent on a public-looking address
	),
)

// refusedPorts are those where a tenant's HTTP request could be taken for another protocol.
var refusedPorts = map[uint16]string{
	1: "tcpmux", 7: "echo", 9: "discard", 19: "chargen", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp",
	53: "dns", 110: "pop3", 119: "nntp", 135: "rpc", 139: "netbios", 143: "imap", 389: "ldap", 445: "smb",
	465: "smtps", 514: "shell", 587: "submission", 636: "ldaps", 993: "imaps", 995: "pop3s", 2049: "nfs",
	3306: "mysql", 3389: "rdp", 5432: "postgres", 6379: "redis", 6667: "irc", 11211: "memcached",
}

// checkAddress refuses the address "ip:port" that is about to be dialled unless it is a public one.
func checkAddress(network, address string) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("network %s: %w", network, errPolicy)
	}
	pair, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, errPolicy)
	}
	if name, bad := refusedPorts[pair.Port()]; bad {
		return fmt.Errorf("port %d (%s): %w", pair.Port(), name, errPolicy)
	}
	return checkIP(pair.Addr())
}

// checkIP refuses everything but public unicast addresses.
func checkIP(ip netip.Addr) error {
	if ip.Zone() != "" {
		return fmt.Errorf("address %s has a zone: %w", ip, errPolicy)
	}
	// Unmapped first: the system treats ::ffff:10.0.0.1 as 10.0.0.1, and so must the check.
	if err := ranges.SafeAddr(ip.Unmap()); err != nil {
		return fmt.Errorf("address %s is in a special range: %w", ip, errPolicy)
	}
	return nil
}

// checkName refuses host names that some resolvers read as an IPv4 address ("127.1", "0x7f000001",
// "2130706433", "0177.0.0.1"), before anybody is asked about them.
func checkName(pair string) error {
	host, _, err := net.SplitHostPort(pair)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil // a real literal is judged when it is dialled
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if isNumber(last) {
		return fmt.Errorf("host %q looks like a number: %w", host, errPolicy)
	}
	return nil
}

// isNumber reports whether a label is decimal, octal or hexadecimal.
func isNumber(label string) bool {
	if label == "" {
		return false
	}
	digits := label
	hex := len(label) >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X')
	if hex {
		digits = label[2:]
	}
	for _, c := range []byte(digits) {
		decimal := c >= '0' && c <= '9'
		letter := c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if !decimal && !(hex && letter) {
			return false
		}
	}
	return true
}
