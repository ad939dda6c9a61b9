// Package buildroot is the external tree for the boards' image. As Go it has
// only tests, the lint of that tree: what can be known to be wrong without a
// Buildroot at hand.
package buildroot
