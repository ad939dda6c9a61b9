package sim

import "tram06/hal/sysfs"

// Cable gives the tree with hardware on a cable that may break: broken is asked
// before each file is used, and unplug is called when it says so.
func (t *Tree) Cable(unplug func(), broken func() bool) sysfs.FS {
	return cabled{t, func() {
		if broken() {
			unplug()
		}
	}}
}

type cabled struct {
	*Tree
	step func()
}

func (c cabled) Read(name string) (string, error)      { c.step(); return c.Tree.Read(name) }
func (c cabled) Write(name, v string) error            { c.step(); return c.Tree.Write(name, v) }
func (c cabled) Glob(pattern string) ([]string, error) { c.step(); return c.Tree.Glob(pattern) }
func (c cabled) Leads(link string) (string, error)     { c.step(); return c.Tree.Leads(link) }
