// What kubeadm is told in a kind node: one control plane that also runs Pods.
import { stringify } from 'yaml'

export const POD_SUBNET = '10.244.0.0/16'

/** @param address the node's own in the engine's network */
export function kubeadmConfig(address: string): string {
  const kubeadm = 'kubeadm.k8s.io/v1beta4'
  return [
    {
      apiVersion: kubeadm,
      kind: 'ClusterConfiguration',
      clusterName: 'test',
      controlPlaneEndpoint: `${address}:6443`,
      // Tests reach it through a port of the host.
      apiServer: { certSANs: ['localhost', '127.0.0.1', address] },
      networking: { podSubnet: POD_SUBNET, serviceSubnet: '10.96.0.0/16' },
    },
    {
      apiVersion: kubeadm,
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: address, bindPort: 6443 },
      nodeRegistration: {
        criSocket: 'unix:///run/containerd/containerd.sock',
        kubeletExtraArgs: [{ name: 'node-ip', value: address }],
      },
    },
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cgroupDriver: 'systemd',
      cgroupRoot: '/kubelet',
      failSwapOn: false,
      // The disk is the host's: it is not for this node to clean up.
      imageGCHighThresholdPercent: 100,
      evictionHard: { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%', 'imagefs.available': '0%' },
    },
    {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      // A container may not change the host's limits.
      conntrack: { maxPerCore: 0 },
    },
  ]
    .map((document) => stringify(document))
    .join('---\n')
}
