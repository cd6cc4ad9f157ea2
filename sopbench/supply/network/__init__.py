"""What is planned over: item-locations, sources, resources, people, demand lines, and the ways between them."""
