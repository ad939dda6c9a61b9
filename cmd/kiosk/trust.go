package main

import "github.com/spf13/cobra"

// trustCommand keeps the folder of authorities that sign cards.
func trustCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trust",
		Short: "List, add and remove the authorities that sign cards",
		Args:  none,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
}
