package tenant

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/store"
)

// maxAddresses bounds a partner's list.
const maxAddresses = 200

// AdmitAddress refuses a program that calls from an address which the partner does not allow. People who use their own
// account in a browser come from anywhere. Errors: Forbidden (CodeIPNotAllowed).
func (t *Tenant) AdmitAddress(ctx context.Context, p paceline.Principal, address string) error {
	if p.Kind == paceline.UserPrincipal && p.RestrictedTo != 0 || p.Kind == paceline.SystemPrincipal {
		return nil
	}
	partner, err := t.PartnerOf(ctx, p.Partner)
	if err != nil {
		return err
	}
	return admit(partner.Settings, address)
}

func admit(s paceline.PartnerSettings, address string) error {
	if len(s.AllowedIPs) == 0 || address == "" || allowed(s.AllowedIPs, address) {
		return nil
	}
	return paceline.Fail(paceline.CodeIPNotAllowed)
}

func allowed(list []string, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(ip)
	})
}

// Addresses lists the networks from which programs may call the API; none means any.
func (t *Tenant) Addresses(ctx context.Context, p paceline.Principal) ([]string, error) {
	if err := needPartner(p, AreaAddresses, paceline.ViewRight); err != nil {
		return nil, err
	}
	var partner paceline.Partner
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		partner, _, err = tx.Partner(p.PartnerScope())
		return err
	})
	return partner.Settings.AllowedIPs, err
}

// SetAddresses replaces the list by addresses and networks, which are kept as networks. Errors: Invalid for what is
// neither, for too many, and for a list without the address that from is: it would shut its author out.
func (t *Tenant) SetAddresses(ctx context.Context, p paceline.Principal, list []string, from string) ([]string, error) {
	if err := needPartner(p, AreaAddresses, paceline.EditRight); err != nil {
		return nil, err
	}
	wrong := func(reason string) error {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "Addresses", "reason", reason)
	}
	if len(list) > maxAddresses {
		return nil, wrong("there are more than 200")
	}
	networks := []string{}
	for i, text := range list {
		network, ok := networkOf(text)
		if !ok {
			return nil, wrong("entry " + strconv.Itoa(i+1) + " is neither an IP address nor a network such as 192.0.2.0/24")
		}
		if !slices.Contains(networks, network) {
			networks = append(networks, network)
		}
	}
	if len(networks) > 0 && from != "" && !allowed(networks, from) {
		return nil, wrong("your own address " + from + " is not among them")
	}
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		partner, found, err := tx.Partner(p.PartnerScope())
		if err != nil {
			return err
		}
		if !found {
			return notFound("Partner")
		}
		partner.Settings.AllowedIPs = networks
		if err := tx.UpdatePartner(p.PartnerScope(), partner); err != nil {
			return err
		}
		return audit(tx, p, 0, "settings.addresses_changed", "partner", string(partner.ID), strings.Join(networks[:min(len(networks), 10)], " "))
	})
	t.partners.forget(p.Partner)
	return networks, err
}

// networkOf reads an address or a network, and returns it as a network without host bits.
func networkOf(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()).String(), true
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || network.Addr().Is4In6() {
		return "", false
	}
	return network.Masked().String(), true
}
