package main

import "github.com/spf13/cobra"

// cardCommand groups what a technician does with cards.
func cardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "card",
		Short: "Read a card as a technician, and keep the list of who may sign cards",
		Args:  none,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(cardReadCommand(), trustCommand())
	return cmd
}
