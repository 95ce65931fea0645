"""What lets the audition page steer a network: directions in its latent space, and where the page's sounds lie in it.

In: a generator and addresses. Out: plain JSON values for the page. Must not know: HTML and scripts, folders, servers.
"""
