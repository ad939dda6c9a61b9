package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tram06/devdock/citizen"
	"tram06/devdock/stack"
)

func demoCommand() *cobra.Command {
	var f flags
	var out, who, lang string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play one citizen from the card to the receipt, and keep what was seen",
		Long: `Play one citizen from the card to the receipt through the same programs as at a
site. Leaves screens/NN-name.png, receipt.png, dossier.json as the gateway
opened it, and timings.json in the folder --out.`,
		Example: `  devdock demo
  devdock demo --out out/elderly --citizen elderly --lang en`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "tram06-demo-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			o := f.options()
			o.Dir = dir
			s, err := stack.Start(c.Context(), o)
			if err != nil {
				return err
			}
			v, err := citizen.Demo(c.Context(), s, citizen.DemoOptions{Key: who, Lang: lang, Out: out, Say: func(format string, args ...any) {
				fmt.Fprintf(os.Stderr, "  "+format+"\n", args...)
			}})
			if err2 := s.Stop(); err == nil {
				err = err2
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "\n%d screens, receipt.png, dossier.json and timings.json are in %s\n", v.Screens, out)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&out, "out", "out/demo", "folder for pictures and figures")
	cmd.Flags().StringVar(&who, "citizen", "", "key of the made-up citizen; the first one if not given")
	cmd.Flags().StringVar(&lang, "lang", "vi", "language: vi or en")
	return cmd
}
