"""What the product must reproduce on real data that lies beside the project."""
