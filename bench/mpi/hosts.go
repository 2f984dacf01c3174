package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// hosts are two network namespaces of this machine, joined by a link of limited speed. Each of them
// stands for a machine with one core. They need root, ip and tc.
type hosts struct {
	agent string // program that starts commands in a namespace, as ssh does on a host
	dir   string
}

// names and addresses are those of the two namespaces.
var names, addresses = [2]string{"ssnn-a", "ssnn-b"}, [2]string{"10.97.0.1", "10.97.0.2"}

// newHosts makes the namespaces and a link of mbit Mbit/s between them.
func newHosts(dir string, mbit int) (*hosts, error) {
	h := &hosts{filepath.Join(dir, "agent"), dir}
	h.remove()
	steps := []string{
		"ip netns add ssnn-a", "ip netns add ssnn-b",
		"ip link add ssnn-va netns ssnn-a type veth peer name ssnn-vb netns ssnn-b",
	}
	for i, name := range names {
		in, link := "ip -n "+name+" ", "ssnn-v"+name[len("ssnn-"):]
		steps = append(steps, in+"link set lo up", in+"addr add "+addresses[i]+"/24 dev "+link,
			in+"link set "+link+" up",
			fmt.Sprintf("tc -n %s qdisc add dev %s root tbf rate %dmbit burst 256kb latency 50ms",
				name, link, mbit))
	}
	for _, step := range steps {
		args := strings.Fields(step)
		if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			h.remove()
			return nil, fmt.Errorf("%s: %w: %s", step, err, said)
		}
	}
	agent := `#!/bin/sh
# agent [-x] HOST COMMAND... runs a command in a namespace, on a core of its own.
while [ "${1#-}" != "$1" ]; do shift; done
case $1 in
  10.97.0.1) name=ssnn-a core=0 ;;
  *) name=ssnn-b core=1 ;;
esac
shift
exec ip netns exec $name unshare -u \
  sh -c "hostname $name; cd '` + dir + `'; exec taskset -c $core $*"
`
	return h, os.WriteFile(h.agent, []byte(agent), 0o755)
}

// remove removes the namespaces, and the link with them.
func (h *hosts) remove() {
	for _, name := range names {
		exec.Command("ip", "netns", "del", name).Run()
	}
}

// link sets one end of the link up or down.
func (h *hosts) link(to string) error {
	said, err := exec.Command("ip", "-n", names[0], "link", "set", "ssnn-va", to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip link set %s: %w: %s", to, err, said)
	}
	return nil
}

// command starts a program in both namespaces, by Open MPI or MPICH.
func (h *hosts) command(launcher string, program []string) *exec.Cmd {
	args := []string{"-x", addresses[0], launcher}
	if strings.HasSuffix(launcher, "openmpi") {
		args = append(args, "--allow-run-as-root", "--bind-to", "none", "--mca", "plm_rsh_agent",
			h.agent, "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.97.0.0/24",
			"--mca", "oob_tcp_if_include", "10.97.0.0/24", "--mca", "plm_rsh_no_tree_spawn", "1",
			"--host", addresses[0]+":1,"+addresses[1]+":1", "-np", "2", "--wdir", h.dir)
	} else {
		// MPICH of Debian uses UCX, which would find out that both namespaces share this machine's
		// memory.
		args = append(args, "-genv", "UCX_TLS", "tcp,self", "-launcher", "ssh", "-launcher-exec",
			h.agent, "-iface", "ssnn-va",
			"-hosts", addresses[0]+","+addresses[1], "-ppn", "1", "-np", "2", "-wdir", h.dir)
	}
	return exec.Command(h.agent, append(args, program...)...)
}
