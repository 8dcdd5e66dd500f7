// Package sftpconn carries calls of definitions with transport sftp: lists, reads, writes, renames and removes files on
// servers whose key is known. Start with wire.go.
package sftpconn
