// Package pn532 reads simulated identity cards through the driver of the bare
// contactless chip: the whole way from a card's files to a person, with only
// the radio missing.
package pn532
