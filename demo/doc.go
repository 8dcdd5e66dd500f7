// Package demo is the front door of the remote systems that a first start plays with; they are below it.
//
// github and crm are real HTTP servers, as strict as the services they stand in for, and event makes the
// deliveries that GitHub would send. They know nothing of Paceline's rooms: Paceline calls them over the
// loopback network as it would call anybody.
package demo
